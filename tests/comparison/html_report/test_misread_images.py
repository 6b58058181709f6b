from __future__ import annotations

from pathlib import Path

from sample_comparison import SMALL
from sample_runs import errors_at, made_up_run

from digitrec.comparison.compare_runs import Comparison, compare_runs
from digitrec.comparison.find_runs import find_runs
from digitrec.comparison.html_report.misread_images import find_test_images, make_galleries


def test_images_are_those_that_the_runs_were_scored_on(
    comparison: Comparison, tmp_path: Path
) -> None:
    images = find_test_images(comparison.recipes[0])
    assert images is not None
    assert (images == SMALL.load_test()[0].images[:, 0].numpy()).all()
    checksum = comparison.test_sets[0].checksum
    for labels, recorded in ((None, checksum), (comparison.recipes[0].runs[0].labels, "f" * 16)):
        folder = tmp_path / recorded
        made_up_run(
            folder, errors_at(60, 1), data=SMALL, labels=labels, checksum=recorded, validation=5
        )
        (recipe,) = compare_runs([folder]).recipes
        assert find_test_images(recipe) is None


def test_galleries_hold_what_one_recipe_alone_misreads_and_what_all_do(tmp_path: Path) -> None:
    made_up_run(tmp_path / "a0", errors_at(40, 1, 2, 3), 0, experiment="a", epochs=1)
    made_up_run(tmp_path / "a1", errors_at(40, 1, 2, 4), 1, experiment="a", epochs=1)
    made_up_run(tmp_path / "b0", errors_at(40, 2, 9), 0, experiment="b", epochs=1)
    recipes = compare_runs(find_runs([str(tmp_path)])).recipes
    by_name = {
        gallery.recipe.name if gallery.recipe else "all": gallery
        for gallery in make_galleries(recipes)
    }
    assert [image.index for image in by_name["a"].images] == [1, 3, 4]  # both seeds misread 1
    assert by_name["a"].images[0].answers == [(2, 2)]
    assert [image.index for image in by_name["b"].images] == [9]
    assert [image.index for image in by_name["all"].images] == [2]
    assert {name: gallery.count for name, gallery in by_name.items()} == {"a": 3, "b": 1, "all": 1}


def test_a_gallery_shows_some_of_many_images_and_knows_how_many_there_are(tmp_path: Path) -> None:
    made_up_run(tmp_path / "a", errors_at(90, *range(50)), experiment="a", epochs=1)
    made_up_run(tmp_path / "b", errors_at(90), experiment="b", epochs=1)
    galleries = make_galleries(compare_runs(find_runs([str(tmp_path)])).recipes)
    found = {gallery.recipe.name if gallery.recipe else "all": gallery for gallery in galleries}
    assert (found["a"].count, len(found["a"].images)) == (50, 24)
    assert (found["b"].count, found["all"].count) == (0, 0)

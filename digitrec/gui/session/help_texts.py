"""What the dialogs "Help" and "About" say."""

from __future__ import annotations

from pathlib import Path

from digitrec.config.command_parser import version_line

__all__ = ["HELP", "about_text"]

HELP = """\
Draw
Draw a digit, or several side by side and one below the other. The answer appears beside the \
canvas. The right mouse button erases. Undo brings back what was there.

The answer
Each bar shows how likely that digit is. The lowest bar shows how likely it is that your drawing \
is a digit at all. If that is too low, the answer is “?”. Click on a digit of a number to see its \
bars.

Pictures
Menu → Open shows a photo or a scan, and reads it. Menu → Paste does the same with a copied picture.

If an answer is wrong
Press the digit that you meant, below the bars or on the keyboard. The drawing is saved. “My \
drawings” shows all of them. Once there are ten or more, the network can learn your writing there. \
You then see how well the new network reads, and choose whether to use it.

Networks
The button at the top names the network that reads. Click on it to choose another one, to \
compare two, or to go back to the built-in one. Each training run writes one: a file called \
model.h5.
"""

_ABOUT = """\
{version}
A small neural network reads handwritten digits: what you draw, and pictures. Everything happens \
on this computer. Nothing is sent anywhere.

The network
{network}
{summary}

Where your files are
Your corrected drawings: {drawings}
The network that learnt from them: {adapted}
Settings of this window: {settings}

The handwriting it learnt from
MNIST: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-based learning applied to document \
recognition. Proceedings of the IEEE 86 (11), 1998.
Pen-Based Recognition of Handwritten Digits: E. Alpaydin, F. Alimoglu. UCI Machine Learning \
Repository, 1998. CC BY 4.0.
Some networks also learnt from UNIPEN, train_r01_v07: The UNIPEN Consortium, 1999. \
doi 10.5281/zenodo.1195803.
Please cite them if you publish what you found with them.
"""


def about_text(
    network: Path | None, summary: str, settings: Path | None, drawings: Path | None
) -> str:
    """Return the text of "About".

    Args:
        network: Checkpoint file of the network that reads. None if there is none.
        summary: What is known of it, in words.
        settings: File of the window's settings. None if they are not kept.
        drawings: File of corrected drawings. None for the user's own.
    """
    from digitrec.drawing.corrections import adapted_file, default_path

    drawings = drawings or default_path()
    return _ABOUT.format(
        version=version_line(),
        network=network or "none",
        summary=summary,
        drawings=drawings,
        adapted=adapted_file(drawings),
        settings=settings or "not kept",
    )

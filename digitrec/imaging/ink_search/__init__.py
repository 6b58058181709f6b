"""The search for handwritten ink at the right scale: in photographs, in form boxes, beside print.

The network (`digitrec.imaging.ink_network`) predicts the coverage of each pixel: the share of it
that ink covers. It was trained on digits from 14 to 112 pixels high, and sees thick strokes
best where they are small. So it runs on copies of the picture, from coarse to fine, until the ink
on one is tall enough; if that ink is still much taller or lower than the network sees best, it runs
again at a scale in between. At the last scale it runs on two copies of slightly different size, and
the mean of both is taken, because their errors differ (test-time augmentation).
"""

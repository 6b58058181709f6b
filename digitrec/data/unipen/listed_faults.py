"""Digits of train_r01_v07 that a person does not read as their label, and that no rule finds.

A person looked at all digits that two networks read as another digit or rejected; neither network
had been trained on UNIPEN's labels of these digits. Only digits that are cut, or that show another
digit, are listed. Digits that a person can read, or may read as their label, stay.
"""

from __future__ import annotations

__all__ = ["CUT", "MISLABELLED"]

CUT = frozenset(
    {
        # only a quarter of this 0 is left
        "1a/val/yannis30.dat:15",
        # a 1 and a 2 without their last stroke
        "1a/ibm/ibm0/r0405.dat:89",
        "1a/ibm/ibm0/r0306.dat:96",
        # 4s without their stem
        "1a/ibm/ibm0/r0007.dat:42",
        "1a/ibm/ibm0/r0113.dat:54",
        "1a/ibm/ibm0/r0116.dat:43",
        "1a/ibm/ibm0/r0116.dat:50",
        "1a/ibm/ibm0/r0207.dat:72",
        "1a/ibm/ibm0/r0313.dat:86",
        # only one circle, or a cross, of these 8s is left
        "1a/ibm/ibm0/r0011.dat:31",
        "1a/ibm/ibm0/r0011.dat:35",
        "1a/ibm/ibm0/r0011.dat:36",
        "1a/ibm/ibm0/r0011.dat:37",
        "1a/ibm/ibm0/r0211.dat:81",
        "1a/ibm/ibm0/r0411.dat:91",
        "1a/ibm/ibm0/r0414.dat:95",
        "1a/ibm/ibm0/r0414.dat:96",
        # 8s without their left side, a 3 and a 6, or without their upper right, a 6
        "1a/val/gresai38.dat:72",
        "1a/val/yannis38.dat:70",
        "1a/val/yannis38.dat:72",
    }
)
"""Files of labels, and the lines there, of digits that are cut."""

MISLABELLED = frozenset(
    {
        "1a/apb/apb12/app1229.dat:8",  # a 6, labelled 8
        "1a/apb/apb23/app2347.dat:12",  # a 3, labelled 5
        "1a/syn/syn1/jcp-dig11.dat:283",  # a hook, labelled 0
        "1a/syn/syn1/jcp-dig11.dat:353",  # a 6, labelled 0
        "1a/syn/syn1/rkt-dig19.dat:103",  # a 6, labelled 0
        "1a/syn/syn1/zor-dig22.dat:244",  # an 8, labelled 0
        "1a/val/gresai33.dat:6",  # a 5, labelled 3
    }
)
"""Files of labels, and the lines there, of digits that show another digit than their label."""

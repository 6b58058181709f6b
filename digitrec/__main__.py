"""Say what there is: python -m digitrec"""

from __future__ import annotations

from digitrec import __version__

TEXT = f"""\
digitrec {__version__}: train small networks to read handwritten digits, and read what people draw.

  python -m digitrec.gui                     draw digits, and see them read
  python -m digitrec.predict IMAGE…          read digits from pictures
  python -m digitrec.adapt                   teach the network your own hand
  python -m digitrec.train [key=value …]     train a network and export its weights
  python -m digitrec.train_strings           train the network for digits that touch
  python -m digitrec.compare [RUN…]          compare runs, and tell differences from luck
  python -m digitrec.evaluate CHECKPOINT     score a weights file on a test set
  python -m digitrec.reproduce RUN           train a recorded run again, and say what differs
  python -m digitrec.demo                    all of that in a minute, with no download
  python -m digitrec.bench                   measure speed and memory

Each explains itself with --help."""

if __name__ == "__main__":
    print(TEXT)

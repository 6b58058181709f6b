"""What a service takes at most, so that nobody can make it slow or fill its memory."""

from __future__ import annotations

from dataclasses import dataclass

from digitrec.errors import DigitrecError

__all__ = ["REQUESTS", "Limits"]

HELD = 8  # requests of the largest size
REQUESTS = 1000  # at once that are being sent or answered; one may be of a few bytes


@dataclass(frozen=True)
class Limits:
    """The limits of a service.

    Attributes:
        megabytes: Of one request.
        pictures: In one request.
        megapixels: Of one picture.
        queue: Pictures that are taken in and not answered yet; requests beyond that are told to
            come again.
        seconds: Until the headers of a request have been sent, again until all of it has, and
            again until it is answered.

    Raises:
        DigitrecError: if one is not above 0.
    """

    megabytes: float = 16.0
    pictures: int = 64
    megapixels: float = 32.0
    queue: int = 512
    seconds: float = 10.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0 < value < float("inf"):
                raise DigitrecError(f"the limit {name} must be a number above 0, not {value:g}")
        if self.queue < self.pictures:
            raise DigitrecError(
                f"the limit queue is {self.queue}, below the limit pictures, {self.pictures}; "
                "raise queue or lower pictures"
            )

    @property
    def request_bytes(self) -> float:
        """Bytes of one request, at most."""
        return self.megabytes * 1e6

    @property
    def held_bytes(self) -> float:
        """Bytes of all requests that are being sent or answered; and of all pictures that wait."""
        return HELD * self.request_bytes

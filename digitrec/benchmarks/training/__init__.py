"""How long training takes, compared with plain loops that a user might write instead."""

"""How long training takes, beside plain loops that a user might write instead."""

"""Names of files and folders with signs that shells, Hydra and options give a meaning."""

ODD_NAMES = (
    "a b", "two  spaces", "it's", 'say "so"', "a=b", "#1", "run[1]", "{x}", "(y)", "-v", "--json",
    "~", "~user", "a,b", "lr=0.5,seed=1", "back\\slash", "$HOME", "*?", "a;b&c|d", "!now", "50%",
    "null", "007", "1e5", "true", "épée", "数字", "🙂", "'quoted'", "@:+", "\\\"",
)  # fmt: skip

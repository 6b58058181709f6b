"""Networks, the files they are stored in, and the use of their logits."""

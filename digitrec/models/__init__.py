"""Networks, the files that they are stored in, and what is made of their logits."""

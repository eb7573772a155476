"""The reasoning layer's trainable part: features in, facts with probabilities out."""

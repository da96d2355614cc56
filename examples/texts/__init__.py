"""Classes as classical texts lay them out, written anew: shapes, names and signatures are theirs, the words are not."""

"""How the weights of the screen's second stage are made. Nothing of the product imports this."""

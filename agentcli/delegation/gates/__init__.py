"""Gates decide on each override before it is applied. One file each; `make.py` knows them all."""

"""The evaluation of Han et al. 2017 (arXiv:1707.05691), as published."""

"""What Front Row is measured beside: the ways others take, and the limit of the machine."""

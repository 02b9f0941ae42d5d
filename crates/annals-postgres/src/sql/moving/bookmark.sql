SELECT bookmark FROM copying

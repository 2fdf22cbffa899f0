"""HTTP and sockets: the doors people and programs come in by. Imports `hub`, never `channels`."""

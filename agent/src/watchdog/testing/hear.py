"""Listens where systemd would, on the Unix datagram socket of argument 1, and prints each notification as a JSON line."""
import json
import socket
import sys

path = sys.argv[1]
ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
ear.bind("\0" + path[1:] if path.startswith("@") else path)
print(json.dumps("listening"), flush=True)
while True:
    print(json.dumps(ear.recv(65536).decode()), flush=True)

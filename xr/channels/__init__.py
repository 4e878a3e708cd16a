"""Phoenix Channels, version 2: frames, sockets, and the meeting of a socket and a room."""

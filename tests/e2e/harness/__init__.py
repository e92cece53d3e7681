"""What the end-to-end tests share: the server as a process, the carrier (sipp
for SIP, a small RTP peer for sound), agents (Chromium, or a desk client), and
the measuring of tones."""

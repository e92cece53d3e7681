"""The other programs, each as a thing that a test can talk to: sipp with the scenarios
of this folder, kamailio, baresip, linphone, JsSIP in Chromium."""

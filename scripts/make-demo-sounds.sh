#!/usr/bin/env bash
# Remakes assets/demo/*.wav, the sounds of the demo application: 8 kHz, mono,
# 16 bit. The results are committed, so that building needs neither espeak-ng
# nor sox. Run it after changing a text below, listen, then commit the files.
#
# Needs: espeak-ng, sox, python3. (The voice `cmn-latn-pinyin` reads Chinese
# characters right; Debian's plain `cmn` spells them as English.)
set -euo pipefail
cd "$(dirname "$0")/.."
out=assets/demo
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

# say NAME: reads "language|text" lines from standard input, speaks them one
# after another with a short pause between, and writes $out/NAME.wav.
say() {
  local name=$1 part=0 files=() language text
  while IFS='|' read -r language text; do
    local raw=$work/$name.$part.wav clean=$work/$name.$part.8k.wav
    case $language in
      en) espeak-ng -v en-us+f3 -s 155 -p 48 -w "$raw" "$text" ;;
      zh) espeak-ng -v cmn-latn-pinyin+f3 -s 175 -p 50 -w "$raw" "$text" ;;
      m) espeak-ng -v en-gb+m3 -s 150 -p 42 -w "$raw" "$text" ;;
      mzh) espeak-ng -v cmn-latn-pinyin+m3 -s 170 -p 42 -w "$raw" "$text" ;;
      *) echo "unknown language: $language" >&2; return 1 ;;
    esac
    # The telephone's band, a common level, silence cut from the edges, then a pause.
    sox -R "$raw" -r 8000 -c 1 -b 16 "$clean" \
      gain -3 highpass 120 lowpass 3600 \
      silence 1 0.02 0.5% fade 0.01 reverse silence 1 0.02 0.5% fade 0.02 reverse \
      norm -4 pad 0.05 0.3
    files+=("$clean")
    part=$((part + 1))
  done
  sox -R "${files[@]}" -b 16 "$out/$name.wav"
}

say welcome <<'TEXT'
en|Welcome to Callyard.
zh|欢迎致电呼叫庭院。
en|This call is recorded.
zh|通话将被录音。
TEXT
say menu <<'TEXT'
en|For sales, press 1. For service, press 2.
zh|销售咨询请按一，售后服务请按二。
TEXT
say invalid <<'TEXT'
en|There is no such choice.
zh|您的输入有误，请重新输入。
TEXT
say no_key <<'TEXT'
en|We did not hear a key.
zh|没有收到您的按键，请重新选择。
TEXT
say connecting <<'TEXT'
en|Please hold. We are connecting you with an agent.
zh|正在为您转接人工座席，请稍候。
TEXT
say nobody <<'TEXT'
en|Nobody is at the desk right now. Please call again later.
zh|当前没有座席在线，请稍后再拨。
TEXT
say waited_too_long <<'TEXT'
en|All agents are still in a call. Please try again later.
zh|座席仍在忙碌，请稍后再拨。
TEXT
say goodbye <<'TEXT'
en|Thank you for calling. Goodbye.
zh|感谢您的来电，再见。
TEXT
say customer <<'TEXT'
m|Hello! I am the virtual customer of the demo. Can you hear me?
m|I saw your product on the web, and I would like to know what it costs for a team of ten.
mzh|您好，我想了解一下贵公司的产品，十个座席一个月多少钱？
m|Take your time. You may hang up whenever you like.
mzh|好的，谢谢您，再见。
TEXT
python3 scripts/make-demo-music.py "$out/music.wav"

for file in "$out"/*.wav; do
  printf '%-32s %6.2f s\n' "$file" "$(soxi -D "$file")"
done
du -cb "$out"/*.wav | tail -n 1

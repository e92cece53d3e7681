/**
 * A recording with its two channels drawn apart: the customer above, the agent
 * below. The peaks come from the server, so the picture is there before the
 * sound, and a click anywhere seeks.
 */
import { useEffect, useRef, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { DownloadIcon, PauseIcon, PlayIcon } from 'tdesign-icons-react'
import WaveSurfer from 'wavesurfer.js'
import { address } from '../api/client'
import { peaksQuery } from '../api/queries'
import type { Peaks } from '../api/types'
import { Button } from '../components/Button'
import { FaultPanel } from '../components/Fault'
import { clock } from '../format/time'
import { useWords } from '../i18n'
import { usePreferences } from '../preferences'

const SPEEDS = [1, 1.25, 1.5, 2]
/** Recordings are 8 kHz. */
const SAMPLE_RATE = 8_000
const STEP_S = 5

interface PlayerProps {
  recording: string
  agent: string | undefined
  /** What a downloaded copy is called. */
  file: string
}

export function Player({ recording, agent, file }: PlayerProps) {
  const { t } = useWords()
  const peaks = useQuery(peaksQuery(recording))
  if (peaks.error) return <FaultPanel error={peaks.error} retry={() => void peaks.refetch()} />
  if (!peaks.data) return <div className="player player--bone" aria-busy="true" aria-label={t('common.loading')} />
  return <Loaded recording={recording} peaks={peaks.data} agent={agent} file={file} />
}

/** What the player shows of its playing, told by wavesurfer's events. */
function useWave(recording: string, peaks: Peaks) {
  const box = useRef<HTMLDivElement>(null)
  const wave = useRef<WaveSurfer | null>(null)
  const [playing, setPlaying] = useState(false)
  const [at, setAt] = useState(0)
  const [failed, setFailed] = useState(false)
  const { theme } = usePreferences()
  const seconds = (peaks.left.length * peaks.samples_per_peak) / SAMPLE_RATE
  // wavesurfer draws into an element of its own, outside React.
  useEffect(() => {
    if (!box.current) return
    const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
    const surfer = WaveSurfer.create({
      container: box.current,
      url: address(`/recordings/${recording}/audio`),
      backend: 'MediaElement',
      peaks: [peaks.left, peaks.right],
      duration: seconds,
      height: 52,
      barWidth: 2,
      barGap: 1,
      barRadius: 1,
      cursorColor: colour('--td-text-color-primary'),
      cursorWidth: 1,
      splitChannels: [
        { waveColor: colour('--wave-customer'), progressColor: colour('--ready') },
        { waveColor: colour('--wave-agent'), progressColor: colour('--talking') },
      ],
    })
    wave.current = surfer
    surfer.on('play', () => setPlaying(true))
    surfer.on('pause', () => setPlaying(false))
    surfer.on('timeupdate', (time) => setAt(time))
    surfer.on('error', () => setFailed(true))
    return () => {
      surfer.destroy()
      wave.current = null
      setPlaying(false)
      setAt(0)
    }
  }, [recording, peaks, seconds, theme])
  return { box, wave, playing, at, failed, seconds }
}

function Loaded({ recording, peaks, agent, file }: PlayerProps & { peaks: Peaks }) {
  const { t } = useWords()
  const [speed, setSpeed] = useState(1)
  const { box, wave, playing, at, failed, seconds } = useWave(recording, peaks)
  const seek = (to: number) => wave.current?.setTime(Math.min(seconds, Math.max(0, to)))
  return (
    <div className="player" data-testid="player">
      <div className="player__picture">
        <div className="player__names" aria-hidden="true">
          <span data-side="customer">{t('player.customer')}</span>
          <span data-side="agent">{agent ?? t('player.agent')}</span>
        </div>
        <div
          ref={box}
          className="player__wave"
          role="slider"
          tabIndex={0}
          aria-label={t('player.seek')}
          aria-valuemin={0}
          aria-valuemax={Math.round(seconds)}
          aria-valuenow={Math.round(at)}
          aria-valuetext={`${clock(at * 1000)} / ${clock(seconds * 1000)}`}
          onKeyDown={(e) => {
            const step = { ArrowLeft: -STEP_S, ArrowRight: STEP_S }[e.key]
            if (step === undefined) return
            e.preventDefault()
            seek(at + step)
          }}
        />
      </div>
      <div className="player__row">
        <Button shape="circle" theme="primary" aria-label={t(playing ? 'player.pause' : 'player.play')} onClick={() => void wave.current?.playPause()}>
          {playing ? <PauseIcon /> : <PlayIcon />}
        </Button>
        <span className="tabular">
          {clock(at * 1000)} <span className="muted">/ {clock(seconds * 1000)}</span>
        </span>
        <div className="segments player__speed" role="radiogroup" aria-label={t('player.speed')}>
          {SPEEDS.map((value) => (
            <label key={value} className="segments__item">
              <input
                type="radio"
                name={`speed-${recording}`}
                checked={speed === value}
                onChange={() => {
                  setSpeed(value)
                  wave.current?.setPlaybackRate(value, true)
                }}
              />
              <span>{value}×</span>
            </label>
          ))}
        </div>
        <a className="t-button t-button--variant-outline t-button--theme-default t-size-m player__download" href={address(`/recordings/${recording}/audio`)} download={file}>
          <DownloadIcon /> {t('player.download')}
        </a>
      </div>
      {failed && <p className="field__fault">{t('player.failed')}</p>}
    </div>
  )
}

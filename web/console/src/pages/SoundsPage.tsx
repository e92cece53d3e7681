/** Sounds that flows play: upload, hear, delete. */
import { useRef, useState } from 'react'
import { PlayCircleIcon, StopCircleIcon } from 'tdesign-icons-react'
import { AdminPage, type FormProps } from '../admin/AdminPage'
import { address } from '../api/client'
import { soundsQuery, useChange } from '../api/queries'
import type { Sound } from '../api/types'
import { upload } from '../api/upload'
import { Button } from '../components/Button'
import { TextField } from '../components/Field'
import { say } from '../components/FaultToast'
import { FormModal } from '../components/Modal'
import { duration } from '../format/time'
import { useWords } from '../i18n'

/** The server's limit. */
const MAX_BYTES = 5 << 20

export function SoundsPage() {
  const { t, language } = useWords()
  const player = usePlayer()
  return (
    <AdminPage
      fixed
      room="sounds"
      query={soundsQuery}
      words={{ title: 'sounds.title', lead: 'sounds.lead', add: 'sounds.upload', none: 'sounds.none', noneLead: 'sounds.none_lead', deleteAsk: 'sounds.delete_ask', deleteLead: 'sounds.delete_lead' }}
      rowKey={(sound) => sound.id}
      rowName={(sound) => sound.name}
      columns={[
        {
          key: 'play',
          title: '',
          width: '56px',
          cell: (sound) => (
            <Button shape="circle" variant="text" theme="primary" aria-label={t(player.playing === sound.id ? 'sounds.stop' : 'sounds.play', { name: sound.name })} onClick={() => player.toggle(sound.id)}>
              {player.playing === sound.id ? <StopCircleIcon size={22} /> : <PlayCircleIcon size={22} />}
            </Button>
          ),
        },
        { key: 'name', title: t('common.name'), cell: (sound) => <span className="table__main">{sound.name}</span> },
        { key: 'length', title: t('sounds.length'), align: 'end', cell: (sound) => duration(sound.duration_ms, language) },
      ]}
      form={(props) => <UploadForm {...props} />}
    />
  )
}

/** One sound at a time. */
function usePlayer() {
  const [playing, setPlaying] = useState<number | null>(null)
  const audio = useRef<HTMLAudioElement | null>(null)
  const toggle = (id: number) => {
    audio.current?.pause()
    if (playing === id) {
      setPlaying(null)
      return
    }
    const next = new Audio(address(`/sounds/${id}/audio`))
    audio.current = next
    next.onended = () => setPlaying(null)
    setPlaying(id)
    void next.play().catch(() => setPlaying(null))
  }
  return { playing, toggle }
}

function UploadForm({ onClose }: FormProps<Sound>) {
  const { t } = useWords()
  const [name, setName] = useState('')
  const [file, setFile] = useState<File | null>(null)
  const [asked, setAsked] = useState(false)
  const [sent, setSent] = useState(0)
  const send = useChange((one: File) => upload(`/sounds`, { name: name.trim() }, one, setSent), 'sounds')
  const fits = file !== null && file.size <= MAX_BYTES && /\.wav$/i.test(file.name)
  const submit = () => {
    setAsked(true)
    if (!fits || name.trim() === '') return
    send.mutate(file, {
      onSuccess: () => {
        say(t('common.created'))
        onClose()
      },
    })
  }
  return (
    <FormModal title={t('sounds.upload')} submit={t('sounds.upload')} pending={send.isPending} error={send.error} onSubmit={submit} onClose={onClose}>
      <label className={file ? 'drop drop--full' : 'drop'}>
        <span className="field__label">{t('sounds.file')}</span>
        <input
          type="file"
          accept=".wav,audio/wav"
          onChange={(e) => {
            const chosen = e.target.files?.[0] ?? null
            setFile(chosen)
            if (chosen && name === '') setName(chosen.name.replace(/\.wav$/i, ''))
          }}
        />
        <span className={asked && !fits ? 'field__fault' : 'field__hint'}>{t(asked && !fits ? 'sounds.file_bad' : 'sounds.file_hint')}</span>
      </label>
      <TextField label={t('common.name')} hint={t('sounds.name_hint')} value={name} onValue={setName} fault={asked && name.trim() === '' ? t('common.required') : undefined} maxLength={64} />
      {send.isPending && <progress className="progress" value={sent} max={1} aria-label={t('sounds.upload')} />}
    </FormModal>
  )
}

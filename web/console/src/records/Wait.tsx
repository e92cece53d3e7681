/** "Why did this caller wait?", answered from the routing traces. */
import type { RecordDetail } from '../api/types'
import { duration } from '../format/time'
import { useWords } from '../i18n'
import type { Names } from './RecordDrawer'
import { waitStory, type Round } from './wait-story'

/** A desk that rings this soon rang at once. */
const AT_ONCE_MS = 1_500

export function Wait({ record, names }: { record: RecordDetail; names: Names }) {
  const { t, language } = useWords()
  const story = waitStory(record.journal)
  if (story === null) return null
  const first = story.rounds[0]
  const atOnce = first !== undefined && first.lost === null && first.afterMs < AT_ONCE_MS
  return (
    <section aria-label={t('wait.title')}>
      <h3>{t('wait.title')}</h3>
      <p>
        {atOnce ? t('wait.at_once') : t('wait.for', { time: duration(record.wait_ms, language), group: story.group })}{' '}
        {story.rounds.length === 0 && t('wait.never')}
      </p>
      <ol className="rounds">
        {story.rounds.map((round) => (
          <RoundLine key={round.atMs} round={round} names={names} />
        ))}
      </ol>
    </section>
  )
}

function RoundLine({ round, names }: { round: Round; names: Names }) {
  const { t, language } = useWords()
  const agent = names.agent(round.agent)
  const separator = language === 'zh' ? '、' : ', '
  const list = (agents: number[]) => agents.map(names.agent).join(separator)
  // Who is offline was not passed over: nobody could have chosen them.
  const passed = round.passed
    .filter(({ verdict }) => verdict !== 'signed_out')
    .map(({ verdict, agents }) => `${list(agents)} (${t(`verdict.${verdict}`)})`)
    .join(language === 'zh' ? '；' : '; ')
  const offline = list(round.passed.find(({ verdict }) => verdict === 'signed_out')?.agents ?? [])
  return (
    <li>
      <p>{round.lost === null ? t('wait.chosen', { agent }) : t('wait.offer_lost', { agent, why: t(`journal.offer_ended.${round.lost}`) })}</p>
      {passed !== '' && <p className="muted">{t('wait.passed', { list: passed })}</p>}
      {offline !== '' && <p className="muted">{t('wait.offline', { list: offline })}</p>}
    </li>
  )
}

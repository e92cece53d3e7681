/** The frame around every page: navigation, the status bar of the desk, account. */
import { useEffect, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { ViewListIcon } from 'tdesign-icons-react'
import { Navigate, NavLink, Outlet, useLocation } from 'react-router'
import { meQuery } from '../api/queries'
import type { Me } from '../api/types'
import { Button } from '../components/Button'
import { FaultPanel } from '../components/Fault'
import { Wordmark } from '../components/Logo'
import { Announcer } from '../desk/Announcer'
import { Banners } from '../desk/Banners'
import { desk, deskWasClosed, deskWasOpen, openDesk, useDesk } from '../desk/desk'
import { OfferCard } from '../desk/OfferCard'
import { PresenceBar } from '../desk/PresenceBar'
import { useShortcuts } from '../desk/shortcuts'
import { useWords } from '../i18n'
import { paths } from '../paths'
import { AccountMenu } from './AccountMenu'
import { navigationOf } from './navigation'
import { MeContext } from './session'

export function Shell() {
  const me = useQuery(meQuery)
  const { pathname } = useLocation()
  if (me.isPending) return <Splash />
  if (me.data === undefined) return <main className="alone">{<FaultPanel error={me.error} retry={() => void me.refetch()} />}</main>
  if (me.data === null) return <Navigate to={paths.signIn} replace state={{ from: pathname }} />
  return (
    <MeContext value={me.data}>
      <Frame me={me.data} />
    </MeContext>
  )
}

/** While it is not known yet who is signed in. */
export function Splash() {
  const { t } = useWords()
  return (
    <main className="alone" aria-busy="true" aria-label={t('common.loading')}>
      <Wordmark size={36} />
    </main>
  )
}

function Frame({ me }: { me: Me }) {
  const { t } = useWords()
  const { pathname } = useLocation()
  const [navOpen, setNavOpen] = useState(false)
  useShortcuts(desk)
  // The desk is a connection outside React: it is opened for whoever works at it.
  const opens = (me.role === 'agent' && !deskWasClosed()) || deskWasOpen()
  useEffect(() => {
    if (opens) openDesk()
  }, [opens])
  return (
    <div className="shell">
      <a className="skip" href="#main">
        {t('nav.skip')}
      </a>
      <Navigation me={me} open={navOpen} onClose={() => setNavOpen(false)} />
      <div className="shell__body">
        <TopBar me={me} onMenu={() => setNavOpen(true)} />
        <Banners />
        <main className="shell__main" id="main" tabIndex={-1}>
          <Announcer />
          <Outlet />
        </main>
      </div>
      {pathname !== paths.desk && <FloatingOffer />}
    </div>
  )
}

function TopBar({ me, onMenu }: { me: Me; onMenu: () => void }) {
  const { t } = useWords()
  const { link } = useDesk()
  return (
    <header className="topbar">
      <Button className="topbar__menu" variant="text" shape="square" aria-label={t('nav.open')} onClick={onMenu}>
        <ViewListIcon />
      </Button>
      <span className="topbar__mark">
        <Wordmark size={24} />
      </span>
      <div className="topbar__presence">{link.state !== 'closed' && <PresenceBar rules={me.desk_rules} />}</div>
      <AccountMenu me={me} />
    </header>
  )
}

function Navigation({ me, open, onClose }: { me: Me; open: boolean; onClose: () => void }) {
  const { t } = useWords()
  return (
    <>
      {open && <button type="button" className="nav__shade" aria-label={t('common.close')} onClick={onClose} />}
      <nav className="nav" aria-label={t('nav.main')} data-open={open || undefined}>
        <div className="nav__brand">
          <Wordmark />
        </div>
        {navigationOf(me.role).map((section) => (
          <div key={section.word} className="nav__section">
            <p className="nav__title">{t(section.word)}</p>
            {section.items.map((item) => (
              <NavLink key={item.to} to={item.to} className="nav__item" onClick={onClose}>
                {item.icon}
                <span>{t(item.word)}</span>
              </NavLink>
            ))}
          </div>
        ))}
        <p className="nav__foot">
          {me.application_name || t('role.operator')}
          <small>
            {me.sdk_app_id !== null && <>{me.sdk_app_id} · </>}v{me.version}
          </small>
        </p>
      </nav>
    </>
  )
}

function FloatingOffer() {
  const { t } = useWords()
  const view = useDesk()
  const rings = view.desk?.presence.state === 'offered'
  const title = t('desk.offer.title')
  // The tab calls too, and gets its own title back afterwards.
  useEffect(() => {
    if (!rings) return
    const before = document.title
    document.title = `☎ ${title}`
    return () => {
      document.title = before
    }
  }, [rings, title])
  if (view.desk?.presence.state !== 'offered') return null
  return (
    <aside className="floating" aria-label={title}>
      <OfferCard snapshot={view.desk} offset={view.clockOffsetMs} compact />
    </aside>
  )
}

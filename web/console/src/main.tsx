import './preferences'
import 'tdesign-react/es/_util/react-19-adapter.js'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { QueryClientProvider } from '@tanstack/react-query'
import { ConfigProvider } from 'tdesign-react'
import enConfig from 'tdesign-react/es/locale/en_US'
import zhConfig from 'tdesign-react/es/locale/zh_CN'
import { RouterProvider } from 'react-router'
import { queryClient } from './api/queries'
import { usePreferences } from './preferences'
import { router } from './router'
import 'tdesign-react/es/style/index.css'
import './styles/tokens.css'
import './styles/parts.css'
import './styles/shell.css'
import './styles/desk.css'
import './styles/pages.css'

function App() {
  const { language } = usePreferences()
  return (
    <ConfigProvider globalConfig={language === 'zh' ? zhConfig : enConfig}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </ConfigProvider>
  )
}

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
}

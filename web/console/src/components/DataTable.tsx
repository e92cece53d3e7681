/** A plain table: skeleton while it loads, a fault or an empty state in its place, cards on a phone. */
import type { ReactNode } from 'react'
import { FaultPanel } from './Fault'
import { Empty } from './Page'
import { useWords } from '../i18n'

export interface Column<Row> {
  key: string
  title: string
  cell: (row: Row) => ReactNode
  /** Numbers and times stand to the right. */
  align?: 'end'
  /** Left out on narrow screens. */
  wide?: boolean
  width?: string
}

interface TableProps<Row> {
  label: string
  columns: Column<Row>[]
  rows: Row[] | undefined
  rowKey: (row: Row) => string | number
  error?: unknown
  retry?: () => void
  empty: { title: string; lead: string; action?: ReactNode }
  onOpen?: (row: Row) => void
  openLabel?: (row: Row) => string
}

export function DataTable<Row>({ label, columns, rows, rowKey, error, retry, empty, onOpen, openLabel }: TableProps<Row>) {
  const { t } = useWords()
  if (error && rows === undefined) return <FaultPanel error={error} {...(retry ? { retry } : {})} />
  if (rows?.length === 0) return <Empty {...empty} />
  const cls = (column: Column<Row>, place: number) => {
    const parts = [column.align === 'end' && 'table__end', column.wide && 'table__wide']
    // Columns without a title hold buttons: at the start they lead the row, else they end it.
    if (column.title === '' && column.width) parts.push(place === 0 ? 'table__lead' : 'table__tail')
    return parts.filter(Boolean).join(' ') || undefined
  }
  return (
    <div className="table__frame">
      <table className="table" aria-label={label} aria-busy={rows === undefined}>
        <thead>
          <tr>
            {columns.map((column, place) => (
              <th key={column.key} scope="col" className={cls(column, place)} style={column.width ? { width: column.width } : undefined}>
                {column.title || <span className="hidden">{t('common.actions')}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows === undefined
            ? [0, 1, 2, 3, 4].map((line) => (
                <tr key={line}>
                  {columns.map((column, place) => (
                    <td key={column.key} className={cls(column, place)}>
                      <span className="bone" aria-label={line === 0 ? t('common.loading') : undefined} />
                    </td>
                  ))}
                </tr>
              ))
            : rows.map((row) => (
                <tr key={rowKey(row)} className={onOpen ? 'table__open' : undefined} onClick={onOpen && (() => onOpen(row))}>
                  {columns.map((column, place) => (
                    <td key={column.key} className={cls(column, place)}>
                      {place === 0 && onOpen ? (
                        <button type="button" className="table__link" aria-label={openLabel?.(row)} onClick={(e) => { e.stopPropagation(); onOpen(row) }}>
                          {column.cell(row)}
                        </button>
                      ) : (
                        column.cell(row)
                      )}
                    </td>
                  ))}
                </tr>
              ))}
        </tbody>
      </table>
    </div>
  )
}

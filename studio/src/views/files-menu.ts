// What a list can do with files: the view as people see it, or every field as it can be imported again; and the way to imports.
import type { Entity, View as ListView } from '@peyvand/core/model/model.ts'
import { exportAddress, exportFormats } from '../data/imports.ts'
import { current } from '../data/model.ts'
import { openMenu, type MenuEntry } from '../kit/popover.ts'
import { enImport } from '../texts/en-import.ts'
import { addEnglish, say } from '../texts/text.ts'

addEnglish(enImport)

/** Opens the menu of files of a list. */
export function openFilesMenu(anchor: HTMLElement, { name }: Entity, view: ListView | undefined): void {
  // A view that nobody defined is known to the app alone; the server writes all fields for it.
  const known = view && current().views.has(view.name) ? view.name : undefined
  const exports = exportFormats.map((format) => ({
    label: say(`export.${format}`),
    icon: 'download',
    run: () => download(exportAddress(name, format, known)),
  }))
  const again = { label: say('export.again'), icon: 'download', run: () => download(exportAddress(name, 'csv')) }
  const entries: MenuEntry[] = [{ heading: say('export') }, ...exports, ...(known ? [again] : [])]
  if (current().rights.get(name)?.create)
    entries.push('line', { label: say('import.menu'), icon: 'upload', href: `/import?entity=${name}` })
  openMenu(anchor, entries, 'end')
}

function download(address: string): void {
  const link = document.createElement('a')
  link.href = address
  link.download = ''
  link.click()
}

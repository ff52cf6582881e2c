// Taking a merge back: asks once, then says what could not be put back because it was changed since.
import type { Entity } from '@peyvand/core/model/model.ts'
import { textIn } from '@peyvand/core/types/paint.ts'
import { html, nothing } from 'lit'
import { splitRecord, type Kept } from '../data/links.ts'
import { current } from '../data/model.ts'
import type { Row } from '../data/records.ts'
import { confirm, openDialog, toast } from '../kit/dialog.ts'
import { addressOf } from '../shell/apps.ts'
import { labelOf, say } from '../texts/text.ts'
import { appHere } from '../views/reader.ts'
import { explain } from './explain.ts'

/** Splits a record from the one it was merged into; false when that did not happen. */
export async function splitHere(entity: Entity, record: Row): Promise<boolean> {
  const name = textIn(record, entity.primaryField) ?? ''
  if (!(await confirm({ title: say('split.title', { name }), body: say('split.text'), yes: say('split') })))
    return false
  try {
    const { kept } = await splitRecord(entity, record.id)
    if (kept.length === 0) toast(say('split.done'))
    else await tellKept(kept)
    return true
  } catch (error) {
    toast(html`${explain(error)}`, undefined, 'bad')
    return false
  }
}

function tellKept(kept: readonly Kept[]): Promise<unknown> {
  return openDialog(
    (answer) =>
      html`<header><h2>${say('split.done')}</h2></header>
        <div class="body">
          <p>${say('split.kept', { count: kept.length })}</p>
          <ul>
            ${kept.map((each) => html`<li>${whatOf(each)}: ${say(`split.${each.because}`)}</li>`)}
          </ul>
        </div>
        <footer>
          <button type="button" class="button primary" autofocus @click=${() => answer()}>${say('close')}</button>
        </footer>`,
    { label: say('split.done') },
  )
}

function whatOf({ entity: name, id, fields }: Kept): unknown {
  const entity = current().entities.get(name)
  if (!entity) return name
  const label = labelOf(entity.label, name)
  const parts = (fields ?? []).map((column) => {
    const field = entity.fields.find((each) => column === each.name || column.startsWith(`${each.name}_`))
    return labelOf(field?.label, column)
  })
  const shown = id ? html`<a href=${addressOf(appHere(), entity, id)}>${label}</a>` : label
  return html`${shown}${parts.length > 0 ? html` (${parts.join(', ')})` : nothing}`
}

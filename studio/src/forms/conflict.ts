// Two people changed the same field: shows mine and theirs side by side and lets the person choose, field by field.
import { elementOf } from '@peyvand/core/elements'
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import type { Conflict } from '@peyvand/core/form/conflict.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { html } from 'lit'
import { openDialog } from '../kit/dialog.ts'
import { labelOf, say } from '../texts/text.ts'
import { reader } from '../views/reader.ts'

/** Asks about each conflict. Gives my values for the fields where mine was chosen; undefined when nothing should be saved yet. */
export async function settle(
  entity: Entity,
  conflicts: readonly Conflict[],
  mine: Readonly<Record<string, unknown>>,
  theirs: Readonly<Record<string, unknown>>,
): Promise<JsonObject | undefined> {
  const chosen = new Map<string, 'mine' | 'theirs'>(conflicts.map(({ field }) => [field.name, 'mine']))
  const side = (
    conflict: Conflict,
    which: 'mine' | 'theirs',
    record: Readonly<Record<string, unknown>>,
    repaint: () => void,
  ) =>
    html` <label class="side ${chosen.get(conflict.field.name) === which ? 'chosen' : ''}"
      ><input
        type="radio"
        name=${conflict.field.name}
        .checked=${chosen.get(conflict.field.name) === which}
        @change=${() => {
          chosen.set(conflict.field.name, which)
          repaint()
        }}
      />
      <span class="quiet">${say(`conflict.${which}`)}</span>
      <div class="value">
        ${elementOf(conflict.field.type).cell({ entity, field: conflict.field, record, reader: reader() })}
      </div></label
    >`
  const save = await openDialog<boolean>(
    (answer, repaint) =>
      html` <header><h2>${say('conflict.title')}</h2></header>
        <div class="body">
          <p>${say('conflict.text')}</p>
          ${conflicts.map(
            (conflict) =>
              html`<fieldset class="conflict">
                <legend class="label">${labelOf(conflict.field.label, conflict.field.name)}</legend>
                <div class="sides">
                  ${side(conflict, 'mine', mine, repaint)}${side(conflict, 'theirs', theirs, repaint)}
                </div>
              </fieldset>`,
          )}
        </div>
        <footer>
          <button type="button" class="button" @click=${() => answer(false)}>${say('conflict.later')}</button
          ><button type="button" class="button primary" @click=${() => answer(true)}>${say('save')}</button>
        </footer>`,
    { wide: true, label: say('conflict.title') },
  )
  if (!save) return undefined
  const kept = conflicts.filter(({ field }) => chosen.get(field.name) === 'mine')
  return Object.fromEntries(kept.flatMap(({ mine: values }) => Object.entries(values))) as Record<string, JsonValue>
}

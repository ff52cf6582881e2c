// Choosing one record that is there already, in a dialog.
import type { Entity } from '@peyvand/core/model/model.ts'
import { html, type TemplateResult } from 'lit'
import { openDialog } from '../kit/dialog.ts'
import '../kit/lookup.ts'
import type { Linked } from '../kit/lookup.ts'
import { labelOf, say } from '../texts/text.ts'
import { reader } from '../views/reader.ts'

/** Asks for a record of one of the entities; undefined when the person thought better of it. */
export function pickRecord(title: string, entities: readonly Entity[], yes: string): Promise<Linked | undefined> {
  let picked: Linked | undefined
  return openDialog<Linked>(
    (answer, repaint): TemplateResult =>
      html`<header><h2>${title}</h2></header>
        <div class="body">
          <pv-lookup
            .label=${title}
            .value=${picked ?? null}
            .targets=${entities.map(({ name, label, icon }) => ({ entity: name, label: labelOf(label, name), icon }))}
            .source=${reader().source}
            @pick=${(event: CustomEvent) => {
              picked = (event.detail as Linked | null) ?? undefined
              repaint()
            }}
          ></pv-lookup>
        </div>
        <footer>
          <button type="button" class="button" @click=${() => answer()}>${say('cancel')}</button>
          <button type="button" class="button primary" ?disabled=${!picked} @click=${() => answer(picked)}>
            ${yes}
          </button>
        </footer>`,
    { label: title },
  )
}

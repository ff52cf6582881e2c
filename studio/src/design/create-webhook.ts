// A new webhook: a name, where it is told, and of which records. Everything else has a default and is set on its page.
import { html } from 'lit'
import { openDialog } from '../kit/dialog.ts'
import { route } from '../shell/route.ts'
import { say } from '../texts/text.ts'
import { entityOptions } from './boxes.ts'
import { draft, type Definition } from './draft.ts'
import { withLabel } from './label.ts'
import { freeName, nameFor, prefix } from './naming.ts'

/** Asks for a webhook and puts it into the draft. */
export async function createWebhook(): Promise<void> {
  const form = { label: '', url: 'https://', entity: '' }
  const made = await openDialog<boolean>(
    (answer, repaint) => {
      const isWhole = () => form.label.trim() !== '' && form.entity !== '' && /^https?:\/\/[^\s]+$/.test(form.url)
      const give = (name: 'label' | 'url') => (event: Event) => {
        form[name] = (event.target as HTMLInputElement).value
        repaint()
      }
      return html`<form
        @submit=${(event: Event) => {
          event.preventDefault()
          if (isWhole()) answer(true)
        }}
      >
        <header class="dialog-head"><h2>${say('webhook.new')}</h2></header>
        <div class="body">
          <p>${say('webhook.new.text')}</p>
          <label class="field"
            ><span class="label">${say('design.label')}</span
            ><input class="input" name="label" dir="auto" required autofocus autocomplete="off" @input=${give('label')}
          /></label>
          <label class="field"
            ><span class="label">${say('webhook.url')}</span
            ><input
              class="input ltr"
              name="url"
              type="url"
              required
              autocomplete="off"
              spellcheck="false"
              .value=${form.url}
              @input=${give('url')}
          /></label>
          <div class="field">
            <label class="label" for="new-webhook-entity">${say('design.entity')}</label>
            <pv-select
              .controlId=${'new-webhook-entity'}
              .label=${say('design.entity')}
              .options=${entityOptions()}
              .value=${form.entity || null}
              @pick=${(event: CustomEvent) => {
                form.entity = (event.detail as string | null) ?? ''
                repaint()
              }}
            ></pv-select>
          </div>
        </div>
        <footer>
          <button type="button" class="button" @click=${() => answer(false)}>${say('cancel')}</button
          ><button class="button primary" ?disabled=${!isWhole()}>${say('create')}</button>
        </footer>
      </form>`
    },
    { label: say('webhook.new') },
  )
  if (made !== true) return
  const name = freeName(nameFor(form.label, prefix()) || `${prefix()}_webhook`, (one) => draft.model.webhooks.has(one))
  const definition: Definition = {
    kind: 'webhook',
    name,
    label: withLabel(undefined, form.label.trim()),
    url: form.url,
    entity: form.entity,
    on: ['create', 'update', 'delete'],
  }
  draft.put(definition)
  await route.go(`/studio/webhooks/${name}`)
}

// A new webhook: a name, where it is told, and of which records. Everything else has a default and is set on its page.
import { html } from 'lit'
import { openDialog } from '../kit/dialog.ts'
import '../kit/select.ts'
import { route } from '../shell/route.ts'
import { say } from '../texts/text.ts'
import { entityOptions, nameBox, textBox } from './boxes.ts'
import { draft, type Definition } from './draft.ts'
import { withLabel } from './label.ts'
import { freeName, nameFor, prefix } from './naming.ts'

/** Asks for a webhook and puts it into the draft. */
export async function createWebhook(): Promise<void> {
  const form = { label: '', url: 'https://', entity: '' }
  const made = await openDialog<boolean>(
    (answer, repaint) => {
      const isAddress = /^https?:\/\/[^\s]+$/.test(form.url)
      const wrong = isAddress || 'https://'.startsWith(form.url) ? '' : say('rule.format')
      const isWhole = () => form.label.trim() !== '' && form.entity !== '' && isAddress
      const give = (name: 'label' | 'url') => (text: string) => {
        form[name] = text
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
          ${textBox('label', say('design.label'), form.label, give('label'))}
          ${nameBox({ id: 'url', label: say('webhook.url'), value: form.url, wrong, give: give('url') })}
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

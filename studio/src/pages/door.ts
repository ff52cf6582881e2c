// What the pages look like that stand before the app: a card with the mark, one thing to do, and the choice of language below.
import { languages } from '@peyvand/core/base/label.ts'
import { html, nothing, type TemplateResult } from 'lit'
import { languageName, settings } from '../data/settings.ts'
import { icon, mark } from '../kit/icons.ts'
import { openMenu } from '../kit/popover.ts'

/** The card with its words and what stands in it. `broad`: with room for more than a form. */
export function door({
  title,
  text,
  content,
  broad = false,
}: {
  readonly title: string
  readonly text: unknown
  readonly content: unknown
  readonly broad?: boolean
}): TemplateResult {
  return html`<main class="door">
    <div class="door-card ${broad ? 'broad' : ''}">
      <div class="door-mark">${mark(36)}</div>
      <h1>${title}</h1>
      <p class="quiet">${text}</p>
      ${content}
    </div>
    <footer class="door-foot">
      <button
        type="button"
        class="button ghost small"
        aria-haspopup="menu"
        @click=${(event: Event) => chooseLanguage(event.currentTarget as HTMLElement)}
      >
        ${icon('globe')}${languageName(settings.language)}${icon('chevron-down', 14)}
      </button>
    </footer>
  </main>`
}

function chooseLanguage(anchor: HTMLElement): void {
  openMenu(
    anchor,
    languages.map((language) => ({
      label: html`<span lang=${language}>${languageName(language)}</span>`,
      checked: language === settings.language,
      run: () => void settings.choose({ language }),
    })),
  )
}

/** One field of a door's form. `ltr`: what is written has no direction of its own. */
export function field(
  name: string,
  label: string,
  type: string,
  autocomplete: string,
  help?: string,
  ltr = type !== 'text',
): TemplateResult {
  return html`<label class="field"
    ><span class="label">${label}</span>
    <input
      class="input ${ltr ? 'ltr' : ''}"
      name=${name}
      type=${type}
      autocomplete=${autocomplete}
      required
      minlength=${type === 'password' && help ? 8 : nothing}
    />
    ${help ? html`<span class="help">${help}</span>` : nothing}</label
  >`
}

/** The field for a code of an authenticator. */
export function codeField(label: string): TemplateResult {
  return html`<label class="field"
    ><span class="label">${label}</span>
    <input
      class="input code"
      dir="ltr"
      name="code"
      inputmode="numeric"
      autocomplete="one-time-code"
      pattern="[0-9 ]{6,7}"
      required
      autofocus
  /></label>`
}

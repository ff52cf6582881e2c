// The header row of a page: where I am (breadcrumb), and on small screens the way to the sidebar.
import { html, nothing, type TemplateResult } from 'lit'
import { icon } from '../kit/icons.ts'
import { say } from '../texts/text.ts'

export interface Crumb {
  readonly label: unknown
  readonly href?: string
  readonly icon?: string
  /** The page has no other heading. */ readonly heading?: boolean
}

/** Paints the header: crumbs (the last is where we are) and what stands at its end. */
export function header(crumbs: readonly Crumb[], end: unknown = nothing): TemplateResult {
  return html`<header class="top">
    <button
      type="button"
      class="button ghost icon drawer"
      aria-label=${say('navigation')}
      @click=${(event: Event) => event.currentTarget!.dispatchEvent(new CustomEvent('open-drawer', { bubbles: true }))}
    >
      ${icon('menu')}
    </button>
    <nav aria-label=${say('breadcrumb')}>
      <ol class="crumbs">
        ${crumbs.map(
          (crumb, at) =>
            html`<li class=${at === crumbs.length - 1 ? 'last' : ''}>
              ${at > 0 ? html`<span class="slash" aria-hidden="true">/</span>` : nothing}${crumb.icon ? icon(crumb.icon) : nothing}${
                crumb.href
                  ? html`<a class="cut" href=${crumb.href}>${crumb.label}</a>`
                  : crumb.heading
                    ? html`<h1 class="cut">${crumb.label}</h1>`
                    : html`<span class="cut" dir="auto" aria-current="page">${crumb.label}</span>`
              }
            </li>`,
        )}
      </ol>
    </nav>
    <div class="end">${end}</div>
  </header>`
}

/** Names the page in the browser's tab. */
export function entitle(...parts: readonly string[]): void {
  document.title = [...parts.filter(Boolean), 'Peyvand'].join(' · ')
}

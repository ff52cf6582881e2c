// The base of every element of the app: Lit without shadow roots, so that labels, ids and one stylesheet reach everywhere,
// and a controller that repaints an element when a store changes.
import { LitElement, type ReactiveController, type ReactiveControllerHost } from 'lit'
import { directive, Directive, type ElementPart, type PartInfo, PartType } from 'lit/directive.js'
import { noChange } from 'lit'

/** An element that renders into the page itself. */
export class View extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this
  }

  /** Says something happened; bubbles, so that a page may listen for all its parts. */
  protected tell(type: string, detail?: unknown): boolean {
    return this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, cancelable: true }))
  }
}

/** Something that changes and says so. */
export class Store {
  readonly #heard = new Set<() => void>()

  /** Calls back after each change; gives the way to stop. */
  subscribe(heard: () => void): () => void {
    this.#heard.add(heard)
    return () => {
      this.#heard.delete(heard)
    }
  }

  /** Tells everyone who listens. */
  changed(): void {
    for (const heard of Array.from(this.#heard)) heard()
  }
}

/** Repaints an element whenever one of the stores changes, while it is on the page. */
export function watch(host: ReactiveControllerHost, ...stores: readonly Store[]): void {
  host.addController(new Watching(host, stores))
}

class Watching implements ReactiveController {
  readonly #host: ReactiveControllerHost
  readonly #stores: readonly Store[]
  #stops: (() => void)[] = []

  constructor(host: ReactiveControllerHost, stores: readonly Store[]) {
    this.#host = host
    this.#stores = stores
  }

  hostConnected(): void {
    this.#stops = this.#stores.map((store) => store.subscribe(() => this.#host.requestUpdate()))
  }
  hostDisconnected(): void {
    for (const stop of this.#stops) stop()
  }
}

class Styled extends Directive {
  #last: Readonly<Record<string, string>> = {}
  constructor(part: PartInfo) {
    super(part)
    if (part.type !== PartType.ELEMENT) throw new Error('styled stands on an element')
  }
  render(_styles: Readonly<Record<string, string>>): unknown {
    return noChange
  }
  override update(part: ElementPart, [styles]: [Readonly<Record<string, string>>]): unknown {
    const style = (part.element as HTMLElement).style
    for (const name of Object.keys(this.#last)) if (!(name in styles)) style.removeProperty(name)
    for (const [name, value] of Object.entries(styles)) if (this.#last[name] !== value) style.setProperty(name, value)
    this.#last = styles
    return noChange
  }
}

/** Sets style properties through the CSS object model: `<div ${styled({ width: '12px' })}>`. A strict CSP forbids style attributes. */
export const styled = directive(Styled)

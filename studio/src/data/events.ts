// What the server tells while we look: record changes, new models and the progress of jobs, over SSE. Best effort; lists and forms refresh on a hint.
type Heard = (event: ServerEvent) => void
export type ServerEvent =
  | {
      readonly kind: 'record'
      readonly entity: string
      readonly id: string
      readonly change: 'create' | 'update' | 'delete'
    }
  | { readonly kind: 'model'; readonly revision: string }
  /** Only administrators hear of jobs. */
  | {
      readonly kind: 'job'
      readonly id: string
      readonly job: string
      readonly state: string
      readonly progress?: { readonly done: number; readonly total?: number; readonly says?: string }
    }

const listeners = new Set<Heard>()
let source: EventSource | undefined

/** Calls back for each event; gives the way to stop. */
export function hear(heard: Heard): () => void {
  listeners.add(heard)
  return () => {
    listeners.delete(heard)
  }
}

/** Opens the stream; the browser reconnects by itself. */
export function listen(): void {
  source?.close()
  source = new EventSource('/api/events')
  for (const kind of ['record', 'model', 'job'] as const)
    source.addEventListener(kind, (message) => pass(kind, (message as MessageEvent<string>).data))
}

function pass(kind: ServerEvent['kind'], text: string): void {
  const data = parse(text)
  if (data) for (const heard of Array.from(listeners)) heard({ ...data, kind } as ServerEvent)
}

/** Closes the stream. */
export function hush(): void {
  source?.close()
  source = undefined
}

function parse(text: string): object | undefined {
  try {
    return JSON.parse(text) as object
  } catch {
    return undefined
  }
}

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
  /** The stream was broken off and runs again: anything may have happened in between. */
  | { readonly kind: 'again' }
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
let missed = false

/** How long to wait before a stream that was refused is asked for again; longer each time. unit: ms */
const [soonest, latest] = [2_000, 60_000]
let wait = soonest
let timer: ReturnType<typeof setTimeout> | undefined

/** Calls back for each event; gives the way to stop. */
export function hear(heard: Heard): () => void {
  listeners.add(heard)
  return () => {
    listeners.delete(heard)
  }
}

/** Opens the stream. The browser reconnects by itself when it breaks off, but not when the answer is a refusal: that is done here. */
export function listen(): void {
  hush()
  const opened = (source = new EventSource('/api/events'))
  opened.addEventListener('hello', () => {
    wait = soonest
    if (missed) tellAll({ kind: 'again' })
    missed = false
  })
  opened.addEventListener('error', () => {
    missed = true
    if (opened.readyState !== EventSource.CLOSED || opened !== source) return
    timer = setTimeout(listen, wait)
    wait = Math.min(latest, wait * 2)
  })
  for (const kind of ['record', 'model', 'job'] as const)
    source.addEventListener(kind, (message) => pass(kind, (message as MessageEvent<string>).data))
}

function pass(kind: ServerEvent['kind'], text: string): void {
  const data = parse(text)
  if (data) tellAll({ ...data, kind } as ServerEvent)
}

function tellAll(event: ServerEvent): void {
  for (const heard of Array.from(listeners)) heard(event)
}

/** Closes the stream. */
export function hush(): void {
  clearTimeout(timer)
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

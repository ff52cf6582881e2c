// What happened, for those who listen now: record changes, model revisions. Best effort and never the record of truth.

export type PlatformEvent =
  | { readonly kind: 'record'; readonly entity: string; readonly id: string; readonly change: 'create' | 'update' | 'delete' }
  | { readonly kind: 'model'; readonly revision: number }

export interface Events {
  emit(event: PlatformEvent): void
  /** Calls back for each event of this and of the other processes; gives the way to stop. */
  on(heard: (event: PlatformEvent) => void): () => void
}

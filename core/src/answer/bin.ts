// What publishes took away and can still be had again, as it is listed.
import type { Label } from '../base/label.ts'

/** Something that was taken away, as it is listed. */
export interface DroppedItem {
  /** Id of the entity, field or key. */
  readonly id: string
  readonly kind: 'entity' | 'field' | 'key'
  readonly name: string
  readonly label: Label
  /** The entity it was part of, by the name it has now; for an entity its own. */
  readonly entity: string
  readonly actor: string
  readonly at: string
  /** Records that went, or that had a value in the field; null for what holds none. */
  readonly rows: number | null
  readonly expires: string
  /** The publish that took it away. */
  readonly change: string
  /** A role had closed it, or a field of it: who administers alone brings it back, and it is closed again. */
  readonly closed: boolean
  /** Roles that are there had opened it: who administers alone brings it back, and they open it again. */
  readonly opened: boolean
}

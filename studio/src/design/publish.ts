// Taking a publish back, from wherever it is offered.
import { fetchJson } from '../data/http.ts'
import { models } from '../data/model.ts'
import { explain } from '../forms/explain.ts'
import { toast } from '../kit/dialog.ts'
import { say } from '../texts/text.ts'

/** Undoes a publish and reads the model it leads back to. Gives true when it worked. */
export async function undoPublish(id: string): Promise<boolean> {
  try {
    await fetchJson(`/api/model/undo/${id}`, { method: 'POST', body: {} })
    await models.load()
    toast(say('design.undone'))
    return true
  } catch (error) {
    toast(explain(error), undefined, 'bad')
    return false
  }
}

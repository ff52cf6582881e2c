// Uploading: one file to the server with its progress, which only the old request object tells. Every failure becomes a Problem.
import { Problem } from '@peyvand/core/base/problem.ts'
import type { FileFacts } from '@peyvand/core/types/type.ts'
import { problemOf } from './http.ts'

export interface UploadWish {
  /** `entity.field`, so that what is too large is refused while it is sent. */
  readonly meant: string
  /** Called with what was sent so far, from 0 to 1. */
  readonly progress: (part: number) => void
  readonly signal: AbortSignal
}

/** Sends a file and gives what the server found it to be. throws: Problem, or AbortError when the signal was used. */
export function upload(file: File, { meant, progress, signal }: UploadWish): Promise<FileFacts> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', `/api/files?for=${encodeURIComponent(meant)}&name=${encodeURIComponent(file.name)}`)
    request.setRequestHeader('content-type', file.type || 'application/octet-stream')
    request.setRequestHeader('accept', 'application/json')
    request.responseType = 'json'
    request.upload.addEventListener('progress', ({ loaded, total }) => progress(total > 0 ? loaded / total : 0))
    request.addEventListener('load', () =>
      request.status === 201
        ? resolve(request.response as FileFacts)
        : reject(problemOf(request.status, request.response as unknown)),
    )
    request.addEventListener('error', () => reject(new Problem('internal.unavailable')))
    request.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
    signal.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}

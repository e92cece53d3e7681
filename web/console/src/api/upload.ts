/** Sends a file and says how far it is, which `fetch` cannot. */
import { preferences } from '../preferences'
import { address, ApiError, faultOf } from './client'

export function upload(path: string, query: Record<string, string>, file: File, onProgress: (share: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', address(path, query))
    request.setRequestHeader('content-type', 'audio/wav')
    request.setRequestHeader('x-callyard', '1')
    request.setRequestHeader('accept-language', preferences.get().language)
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0)
    request.onload = () => (request.status < 300 ? resolve() : reject(faultOf(request.status, request.responseText)))
    request.onerror = () => reject(new ApiError(0, { code: 'link.unreachable', message: '' }))
    request.send(file)
  })
}

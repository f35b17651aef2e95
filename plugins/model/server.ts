import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { readJsonBody } from './body.ts'
import { answerChat, type Exchange } from './chat.ts'
import { readModel } from './chat-request.ts'
import { embedInputs, readEmbeddingsRequest } from './embeddings.ts'
import { describeFailure, refuse } from './refusal.ts'
import type { Service } from './service.ts'

/** An HTTP server that answers with the given model; it does not listen yet. */
export function createModelServer(service: Service): Server {
  const server = createServer((request, response) => {
    void answer(service, request, response)
  })
  // A body of 8 MiB over a unix socket takes far less than this.
  server.requestTimeout = 30_000
  return server
}

async function answer(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort(new Error('The client has gone')))
  const signal = AbortSignal.any([gone.signal, service.closing.signal])
  try {
    await route(service, request, { response, signal })
  } catch (error) {
    // What is left of the body is read and dropped: a client that is still sending would not see the answer.
    request.resume()
    sendFailure(error, response)
  }
}

function sendFailure(error: unknown, response: ServerResponse): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const { status, body } = describeFailure(error)
  sendJson(response, status, body)
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

async function route(
  service: Service,
  request: IncomingMessage,
  exchange: Exchange,
): Promise<void> {
  const [path = '/'] = (request.url ?? '/').split('?')
  const name = `${request.method} ${path}`
  switch (name) {
    case 'GET /health':
      return sendJson(exchange.response, 200, describeHealth(service))
    case 'GET /v1/models':
      return sendJson(exchange.response, 200, { object: 'list', data: listModels(service) })
    case 'POST /v1/chat/completions':
      return answerChat(service, await readJsonBody(request), exchange)
    case 'POST /v1/embeddings':
      return answerEmbeddings(service, await readJsonBody(request), exchange)
  }
  const id = /^GET \/v1\/models\/(.+)$/.exec(name)?.[1]
  if (id !== undefined) return sendJson(exchange.response, 200, findModel(service, id))
  throw refuse(`Cannot answer ${name}: there is no such route`, {
    status: 404,
    code: 'unknown_url',
  })
}

function describeHealth({ engine, names, description }: Service): object {
  return { status: 'ok', model: names[0], context: engine.contextTokens, description }
}

function findModel(service: Service, id: string): object {
  return describeModel(service, readModel({ model: decodeName(id) }, service.names))
}

function listModels(service: Service): object[] {
  return service.names.map((id) => describeModel(service, id))
}

function describeModel({ engine, description, created }: Service, id: string): object {
  return {
    id,
    object: 'model',
    created,
    owned_by: 'b00t',
    context_length: engine.contextTokens,
    description,
  }
}

/** A name in a path may be percent-encoded; one that is so wrongly is taken as it stands. */
function decodeName(written: string): string {
  try {
    return decodeURIComponent(written)
  } catch {
    return written
  }
}

async function answerEmbeddings(
  service: Service,
  body: unknown,
  { response, signal }: Exchange,
): Promise<void> {
  const { engine, names, seats } = service
  const request = readEmbeddingsRequest(body, names)
  const seat = await seats.take(signal)
  try {
    const { model, contextTokens } = engine
    const embedder = { model, contextTokens, context: await engine.embedder() }
    sendJson(response, 200, await embedInputs(request, embedder, signal))
  } finally {
    seats.give(seat)
  }
}

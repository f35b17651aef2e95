import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type FastifyInstance, fastify } from 'fastify'
import type { ApiHandler } from './api.ts'
import { createBadHeadHandler } from './bad-head.ts'
import { isApiPath } from './target.ts'

/** How long a client may take, milliseconds; whoever sends nothing holds a connection for no longer. */
export interface Patience {
  /** For the head of a request. */
  readonly headMs: number
  /** For everything about a request that is not for the API. */
  readonly otherMs: number
  /** Between two looks for late heads. */
  readonly lookEveryMs: number
}

const PATIENCE: Patience = { headMs: 60_000, otherMs: 60_000, lookEveryMs: 5000 }

/** A server whose API requests go straight to their handler; fastify serves the rest. */
export function createHttp(api: ApiHandler, patience: Patience = PATIENCE): FastifyInstance {
  const badHeads = createBadHeadHandler()
  return fastify({
    bodyLimit: 1024,
    clientErrorHandler: badHeads.answer,
    serverFactory(other) {
      const serve = (awaitsContinue: boolean) => {
        return (request: IncomingMessage, response: ServerResponse) => {
          badHeads.note(request, response)
          if (isApiPath(request.url ?? '')) {
            api(request, response, awaitsContinue)
            return
          }
          endAfter(patience.otherMs, response)
          other(request, response)
        }
      }
      const server = createServer({
        keepAliveTimeout: 72_000,
        // An answer may take an hour, so there is no limit on a whole request; Node would take the head's from it.
        requestTimeout: 0,
        headersTimeout: patience.headMs,
        connectionsCheckingInterval: patience.lookEveryMs,
      })
      server.on('request', serve(false))
      // Node would tell the client to send its body before anyone has looked at the key.
      server.on('checkContinue', serve(true))
      server.on('checkExpectation', serve(false))
      return server
    },
  })
}

function endAfter(limitMs: number, response: ServerResponse): void {
  const timer = setTimeout(() => response.destroy(), limitMs).unref()
  response.once('close', () => clearTimeout(timer))
}

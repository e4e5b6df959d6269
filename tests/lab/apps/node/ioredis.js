'use strict'
const fs = require('fs')
const Redis = require('ioredis')
const { createPool } = require('generic-pool')
const { config, log, serve, commands, consume } = require('./harness')

const options = { host: config.host, port: config.port, ...config.ioredis }
if (options.tls) options.tls = { ca: fs.readFileSync(options.tls.caFile) }

function connect (once) {
  const client = config.cluster ? new Redis.Cluster([{ host: config.host, port: config.port }], config.ioredis) : new Redis(once ? { ...options, maxRetriesPerRequest: 2 } : options)
  if (config.onerror) client.on('error', (err) => log.error('-', 'redis error event', err))
  return client
}

const client = connect()
const kept = []
const pool = config.pool && createPool({
  create: async () => connect(),
  destroy: async (one) => one.disconnect()
}, { max: config.pool.max, acquireTimeoutMillis: (config.pool.timeout || 1) * 1000 })

const send = (on) => (command) => on.call(command[0], ...command.slice(1))

serve(async (request) => {
  if (request.mode === 'session' && pool) return pool.use((one) => commands(request, send(one)))
  if (request.mode === 'fresh' || request.mode === 'keep') {
    const one = connect(true)
    if (request.mode === 'keep') kept.push(one)
    try {
      return await commands(request, send(one))
    } finally {
      if (request.mode === 'fresh') one.disconnect()
    }
  }
  return commands(request, send(client))
})

for (let n = 0; n < (config.warm || 0); n++) kept.push(connect())
for (const loop of config.loops || []) {
  const own = config.loops_share ? client : connect()
  consume(async () => {
    const job = await own.call(loop[0], ...loop.slice(1))
    return job && job[1]
  })
}

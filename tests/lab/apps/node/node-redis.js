'use strict'
const fs = require('fs')
const { createClient, createClientPool, createCluster } = require('redis')
const { config, log, serve, commands, consume } = require('./harness')

const options = {
  socket: { host: config.host, port: config.port, ...config.socket },
  ...config.node_redis
}
if (options.socket.caFile) {
  options.socket.ca = fs.readFileSync(options.socket.caFile)
  delete options.socket.caFile
}
const onError = (err) => log.error('-', 'Redis Client Error', err)

// A client for one request gives up at once; it must not go on reconnecting after the request failed.
async function connect (once) {
  const client = createClient(once ? { ...options, socket: { ...options.socket, reconnectStrategy: false } } : options)
  client.on('error', onError)
  await client.connect()
  return client
}

const kept = []
const send = (on) => (command) => on.sendCommand(command.map(String))

async function main () {
  let pool, client
  if (config.pool) {
    pool = createClientPool(options, { minimum: config.pool.min || 1, maximum: config.pool.max, acquireTimeout: (config.pool.timeout || 1) * 1000 })
    pool.on('error', onError)
    pool.connect().catch(onError)
  } else {
    client = config.cluster ? createCluster({ rootNodes: [{ url: `redis://${config.host}:${config.port}` }] }) : createClient(options)
    client.on('error', onError)
    client.connect().catch(onError)
  }
  serve(async (request) => {
    if (request.mode === 'fresh' || request.mode === 'keep') {
      const one = await connect(true)
      if (request.mode === 'keep') kept.push(one)
      try {
        return await commands(request, send(one))
      } finally {
        if (request.mode === 'fresh') one.destroy()
      }
    }
    if (pool) return pool.execute((one) => commands(request, send(one)))
    if (config.cluster) return commands(request, (command) => client.sendCommand(command[1], true, command.map(String)))
    return commands(request, send(client))
  })
  for (let n = 0; n < (config.warm || 0); n++) connect().then((one) => kept.push(one), onError)
  for (const loop of config.loops || []) {
    const take = config.loops_share
      ? () => (pool ? pool.execute((one) => send(one)(loop)) : send(client)(loop))
      : await connect().then((own) => () => send(own)(loop))
    consume(async () => {
      const job = await take()
      return job && job[1]
    })
  }
}

main()

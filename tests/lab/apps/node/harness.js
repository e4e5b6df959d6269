'use strict'
// Requests come as JSON lines on stdin, replies go to stdout, the log to stderr.

const fs = require('fs')
const readline = require('readline')
const logging = require('./logging')

const config = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))
const full = logging(config)
// Many services write only the error's text; `errors: "short"` does the same.
const log = config.errors === 'short'
  ? { info: full.info, error: (trace, message, err) => full.error(trace, `${message}: ${err}`) }
  : full
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

function burn (ms) {
  const end = Date.now() + ms
  let size = 0
  while (Date.now() < end) size += JSON.stringify(Array.from({ length: 500 }, (_, n) => ({ n, name: 'row ' + n }))).length
  return size
}

// Runs a request's commands one after the other, with its pauses.
async function commands (request, send) {
  if (request.cpu_ms) burn(request.cpu_ms)
  for (let n = 0; n < request.cmds.length; n++) {
    if (n && request.pause_ms) await sleep(request.pause_ms)
    await send(request.cmds[n])
  }
}

function serve (run) {
  log.info('-', 'service started')
  readline.createInterface({ input: process.stdin }).on('line', async (line) => {
    const request = JSON.parse(line)
    const began = performance.now()
    let status = 200
    try {
      await run(request)
      log.info(request.trace, `${request.route} 200 ${(performance.now() - began).toFixed(1)}ms`)
    } catch (err) {
      status = 500
      log.error(request.trace, `${request.route} failed after ${(performance.now() - began).toFixed(0)}ms`, err)
    }
    process.stdout.write(JSON.stringify({ id: request.id, status }) + '\n')
  }).on('close', () => process.exit(0))
}

// A queue consumer: takes jobs with the given command for ever.
async function consume (take) {
  for (;;) {
    try {
      const job = await take()
      if (job) log.info(String(job).split('|')[0], 'job processed')
    } catch (err) {
      log.error('-', 'job loop error', err)
      await sleep(1000)
    }
  }
}

module.exports = { config, log, serve, commands, consume }

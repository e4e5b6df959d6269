'use strict'
// Log styles seen in Node services. `error(trace, message, err)` writes the exception as the style's library does.

const pino = require('pino')
const winston = require('winston')

const iso = () => new Date().toISOString()

module.exports = function logging (config) {
  const { service, pod, style } = config
  const out = (line) => process.stderr.write(line + '\n')
  if (style === 'pino') {
    const log = pino({ base: { pid: process.pid, hostname: pod, service } }, pino.destination({ fd: 2, sync: true }))
    return {
      info: (traceId, msg) => log.info({ traceId }, msg),
      error: (traceId, msg, err) => log.error(err ? { traceId, err } : { traceId }, msg)
    }
  }
  if (style === 'winston') {
    const log = winston.createLogger({
      format: winston.format.combine(winston.format.errors({ stack: true }), winston.format.timestamp(), winston.format.json()),
      defaultMeta: { service },
      transports: [new winston.transports.Stream({ stream: process.stderr })]
    })
    return {
      info: (traceId, msg) => log.info(msg, { traceId }),
      error: (traceId, msg, err) => log.error(msg, err ? { traceId, error: String(err), stack: err.stack } : { traceId })
    }
  }
  if (style === 'logfmt') {
    const line = (level, traceId, msg, err) => out(`ts=${iso()} level=${level} service=${service} trace_id=${traceId} msg=${JSON.stringify(msg)}` +
      (err ? ` err=${JSON.stringify(String(err))}${err.code ? ` code=${err.code}` : ''}` : ''))
    return { info: (t, m) => line('info', t, m), error: (t, m, e) => line('error', t, m, e) }
  }
  // `bracket`, and `console`: what console.log and console.error(err) print.
  const head = style === 'console'
    ? (level, trace) => `${iso()} ${level} ${service} trace=${trace}`
    : (level, trace) => `[${iso()}] [${level}] [trace_id:${trace}] [${service}]`
  return {
    info: (trace, msg) => console.error(`${head('INFO', trace)} ${msg}`),
    error: (trace, msg, err) => (err ? console.error(`${head('ERROR', trace)} ${msg}:`, err) : console.error(`${head('ERROR', trace)} ${msg}`))
  }
}

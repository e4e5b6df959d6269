# frozen_string_literal: true

# A small shop service on redis-rb. Requests come as JSON lines on stdin, the log goes to stderr.
require 'json'
require 'logger'
require 'redis'
require 'connection_pool'

CONFIG = JSON.parse(File.read(ARGV[0]))
OUT = Mutex.new
$stdout.sync = true

# Log styles seen in Ruby services.
class Log
  def initialize
    @logger = Logger.new($stderr, progname: CONFIG['service'])
    @logger.formatter = method(:logfmt) if CONFIG['style'] == 'logfmt'
  end

  def info(trace, text)
    CONFIG['style'] == 'logfmt' ? @logger.info(trace: trace, msg: text) : @logger.info("[#{trace}] #{text}")
  end

  def error(trace, text, error)
    if CONFIG['style'] == 'logfmt'
      @logger.error(trace: trace, msg: text, err: "#{error.class}: #{error.message}")
    else
      @logger.error("[#{trace}] #{text} #{error.class}: #{error.message}\n#{(error.backtrace || []).first(12).join("\n")}")
    end
  end

  def logfmt(severity, time, progname, entry)
    stamp = time.utc.strftime('%Y-%m-%dT%H:%M:%S.%LZ')
    line = "time=#{stamp} level=#{severity.downcase} app=#{progname} trace_id=#{entry[:trace]} msg=#{entry[:msg].to_json}"
    line += " error=#{entry[:err].to_json}" if entry[:err]
    "#{line}\n"
  end
end

LOG = Log.new
KEPT = [] # rubocop:disable Style/MutableConstant

def connect
  options = { host: CONFIG['host'], port: CONFIG['port'], timeout: CONFIG['timeout'] || 5,
              reconnect_attempts: CONFIG.fetch('reconnect_attempts', 1) }
  %w[username password db ssl].each { |key| options[key.to_sym] = CONFIG[key] if CONFIG[key] }
  options[:ssl_params] = { ca_file: CONFIG['ca_file'] }.compact if CONFIG['ssl']
  Redis.new(**options)
end

POOL = ConnectionPool.new(size: CONFIG.dig('pool', 'max') || 10, timeout: CONFIG.dig('pool', 'timeout') || 5) { connect }

def commands(redis, request)
  request['cmds'].each_with_index do |command, n|
    sleep(request['pause_ms'] / 1000.0) if n.positive? && request['pause_ms']
    redis.call(*command)
  end
end

def run(request)
  case request['mode']
  when 'fresh'
    redis = connect
    begin
      commands(redis, request)
    ensure
      redis.close
    end
  when 'keep'
    KEPT << connect
    commands(KEPT.last, request)
  else
    POOL.with { |redis| commands(redis, request) }
  end
end

def handle(request)
  began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  elapsed = -> { (Process.clock_gettime(Process::CLOCK_MONOTONIC) - began) * 1000 }
  status = 200
  begin
    run(request)
    LOG.info(request['trace'], format('%s 200 %.1fms', request['route'], elapsed.call))
  rescue StandardError => e
    status = 500
    LOG.error(request['trace'], format('%s failed after %.0fms', request['route'], elapsed.call), e)
  end
  OUT.synchronize { puts({ id: request['id'], status: status }.to_json) }
end

def consume(loop_command)
  loop do
    job = POOL.with { |redis| redis.call(*loop_command) }
    LOG.info(job.last.split('|').first, 'job processed') if job
  rescue StandardError => e
    LOG.error('-', 'job loop error', e)
    sleep 1
  end
end

requests = Queue.new
(CONFIG['workers'] || 8).times { Thread.new { loop { handle(requests.pop) } } }
(CONFIG['loops'] || []).each { |command| Thread.new { consume(command) } }
LOG.info('-', 'service started')
(CONFIG['warm'] || 0).times do
  KEPT << connect.tap(&:ping)
rescue StandardError => e
  LOG.error('-', 'preload failed', e)
end
$stdin.each_line { |line| requests << JSON.parse(line) }

<?php
// A small shop service on phpredis: one request at a time per process, as under php-fpm.
// Requests come as JSON lines on stdin, the log goes to stderr.

ini_set('display_errors', 'stderr');
$config = json_decode(file_get_contents($argv[1]), true);

function write_log(string $level, string $trace, string $message, ?Throwable $error = null): void
{
    global $config;
    $time = (new DateTimeImmutable('now', new DateTimeZone('UTC')))->format('Y-m-d\TH:i:s.uP');
    $context = ['trace_id' => $trace];
    if ($error) {
        $context['exception'] = sprintf('[object] (%s(code: %d): %s at %s:%d)', get_class($error), $error->getCode(),
            $error->getMessage(), $error->getFile(), $error->getLine());
    }
    if ($config['style'] === 'laravel') {
        $time = substr(str_replace('T', ' ', $time), 0, 19);
        $line = "[$time] production.$level: $message " . json_encode($context, JSON_UNESCAPED_SLASHES);
    } else {
        $line = "[$time] {$config['service']}.$level: $message " . json_encode($context, JSON_UNESCAPED_SLASHES) . ' []';
    }
    fwrite(STDERR, $line . "\n");
}

function connect(): Redis
{
    global $config;
    $redis = new Redis();
    $host = ($config['ssl'] ?? false) ? 'tls://' . $config['host'] : $config['host'];
    $context = isset($config['ca_file']) ? ['stream' => ['cafile' => $config['ca_file']]] : [];
    $redis->connect($host, $config['port'], $config['timeout'] ?? 2.0, null, 0, $config['read_timeout'] ?? 2.0, $context);
    if (isset($config['password'])) {
        $redis->auth(isset($config['username']) ? [$config['username'], $config['password']] : $config['password']);
    }
    if (isset($config['db'])) {
        $redis->select($config['db']);
    }
    return $redis;
}

function call(Redis $redis, array $command)
{
    $redis->clearLastError();
    $reply = $redis->rawCommand(...$command);
    if ($redis->getLastError() !== null) {
        throw new RedisException($redis->getLastError());
    }
    return $reply;
}

$shared = null;
$kept = [];
write_log('INFO', '-', 'service started');
while (($line = fgets(STDIN)) !== false) {
    $request = json_decode($line, true);
    $began = microtime(true);
    $status = 200;
    try {
        $mode = $request['mode'] ?? 'pool';
        $redis = $mode === 'pool' ? ($shared ??= connect()) : connect();
        if ($mode === 'keep') {
            $kept[] = $redis;
        }
        foreach ($request['cmds'] as $n => $command) {
            if ($n && isset($request['pause_ms'])) {
                usleep($request['pause_ms'] * 1000);
            }
            call($redis, $command);
        }
        if ($mode === 'fresh') {
            $redis->close();
        }
        write_log('INFO', $request['trace'], sprintf('%s 200 %.1fms', $request['route'], (microtime(true) - $began) * 1000));
    } catch (Throwable $error) {
        $status = 500;
        $shared = null;
        write_log('ERROR', $request['trace'], sprintf('%s failed after %.0fms', $request['route'], (microtime(true) - $began) * 1000), $error);
    }
    echo json_encode(['id' => $request['id'], 'status' => $status]) . "\n";
}

//! CloudWatch log streams and groups, fluent tags. In: a name. Out: [`Place`]. Fails when: never.

use super::path::is_plain_container;
use super::{Place, from_container, is_generic_name, is_label, is_sidecar};

/// Length of a container id and of a file id in hex digits.
const CONTAINER_ID: usize = 64;
/// Length of an ECS task id in hex digits.
const TASK_ID: usize = 32;

/// Reads a log stream: ECS `prefix/container/<task>`, Container Insights `HOST-application.var.log.containers.POD_NS_CTR-<id>.log`,
/// fluent tags `kube.var.log.containers.…`; Lambda's `2024/01/17/[$LATEST]<id>` names no service.
pub fn from_log_stream(stream: &str) -> Place {
    let stream = stream.trim();
    if let Some((_, file)) = stream.rsplit_once("containers.")
        && let Some(place) = container_file(file)
    {
        return place;
    }
    if stream.contains("/[") {
        return Place::default();
    }
    let mut parts = stream.rsplit('/');
    let (Some(task), Some(container)) = (parts.next(), parts.next()) else { return Place::default() };
    // `copilot svc logs` cuts the id of the task.
    let cut = stream.starts_with("copilot/") && task.len() >= 7;
    let task_like = (task.len() == TASK_ID || task.len() == 36 || cut) && task.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if !task_like {
        return Place::default();
    }
    let prefix = parts.next();
    let prefix = prefix.filter(|name| !is_generic_name(name) && is_label(name));
    // A container that repeats the end of the prefix says less than it.
    let own = Some(container)
        .filter(|name| !is_generic_name(name) && !is_sidecar(name) && is_label(name))
        .filter(|name| !prefix.is_some_and(|prefix| is_plain_container(prefix, name)));
    let service = own.or(prefix);
    Place {
        service: service.map(str::to_owned),
        pod: Some(task.to_owned()),
        namespace: None,
        container: Some(container.to_owned()),
        sidecar: is_sidecar(container),
    }
}

/// Reads a log group whose last segment names the workload: `/aws/lambda/NAME`, `/ecs/NAME`, `/aws/ecs/NAME`.
pub fn from_log_group(group: &str) -> Option<String> {
    let name = ["/aws/lambda/", "/ecs/", "/aws/ecs/", "/aws/apprunner/"].iter().find_map(|lead| group.strip_prefix(lead))?;
    let name = name.split('/').next()?;
    (is_label(name) && !is_generic_name(name)).then(|| name.to_owned())
}

/// `POD_NS_CTR-<64 hex>[.log]`.
pub(super) fn container_file(file: &str) -> Option<Place> {
    let file = file.strip_suffix(".log").unwrap_or(file);
    let (names, id) = file.rsplit_once('-')?;
    if id.len() != CONTAINER_ID || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut parts = names.splitn(3, '_');
    let (pod, namespace, container) = (parts.next()?, parts.next()?, parts.next()?);
    from_container(pod, Some(container))?;
    Some(Place::of_pod(Some(namespace), pod, Some(container)))
}

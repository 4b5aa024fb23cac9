//! Asking servers whether they are serving, by `grpc.health.v1`.

use std::sync::Arc;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::bare::Bare;
use crate::connection::{GrpcConnection, Watch};
use crate::link::Link;
use crate::{GrpcError, HealthOptions};

/// A watch that ends without a reason is begun again after this.
const PAUSE: Duration = Duration::from_secs(5);

/// Asks a server whether it is serving. One that has no health service is taken to be.
pub(crate) async fn check(connection: &GrpcConnection, options: &HealthOptions) -> Result<(), GrpcError> {
    let address = || connection.endpoint().to_owned();
    let asked = HealthCheckRequest { service: options.service.clone() };
    let answer = match HealthClient::new(connection.bare()).check(asked).await {
        Ok(answer) => answer.into_inner(),
        Err(status) => match status.code() {
            Code::Unimplemented => return Ok(()),
            Code::NotFound => return Err(not_serving(address(), options, ServingStatus::ServiceUnknown)),
            _ => return Err(GrpcError::Health { address: address(), source: status }),
        },
    };
    match refusal(&answer) {
        None => Ok(()),
        Some(answer) => Err(not_serving(address(), options, answer)),
    }
}

/// A round trip that proves that the server answers, whatever it answers.
pub(crate) async fn ping(connection: &GrpcConnection) -> Result<(), GrpcError> {
    match HealthClient::new(connection.bare()).check(HealthCheckRequest::default()).await {
        Ok(_) => Ok(()),
        Err(status) if connection.is_ready() && is_answer(&status) => Ok(()),
        Err(source) => Err(GrpcError::Health { address: connection.endpoint().to_owned(), source }),
    }
}

/// Whether a status came from the server: those made here have a source.
fn is_answer(status: &Status) -> bool {
    std::error::Error::source(status).is_none()
}

/// Watches over a connection as long as it lives: a server that stops serving gets no more calls by it.
pub(crate) fn watch(connection: &GrpcConnection, options: &HealthOptions) -> Watch {
    let (bare, link) = (connection.bare(), Arc::clone(connection.link()));
    let task = tokio::spawn(watching(bare, link, options.service.clone()));
    Watch(task.abort_handle())
}

async fn watching(bare: Bare, link: Arc<Link>, service: String) {
    while link.is_ready() {
        let asked = HealthCheckRequest { service: service.clone() };
        match watch_once(bare.clone(), asked).await {
            Ok(answer) => {
                return link.leave(format!("the server says that it is not serving: {}", answer.as_str_name()));
            }
            Err(status) if status.code() == Code::Unimplemented => return,
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Listens until the server says that it is not serving, or no more.
async fn watch_once(bare: Bare, asked: HealthCheckRequest) -> Result<ServingStatus, Status> {
    let mut answers = HealthClient::new(bare).watch(asked).await?.into_inner();
    while let Some(answer) = answers.message().await? {
        if let Some(answer) = refusal(&answer) {
            return Ok(answer);
        }
    }
    Err(Status::unavailable("the server says no more of its health"))
}

/// What a server says that is not serving.
fn refusal(answer: &HealthCheckResponse) -> Option<ServingStatus> {
    match answer.status() {
        ServingStatus::Serving => None,
        other => Some(other),
    }
}

fn not_serving(address: String, options: &HealthOptions, answer: ServingStatus) -> GrpcError {
    GrpcError::NotServing { address, service: options.service.clone(), answer: answer.as_str_name() }
}

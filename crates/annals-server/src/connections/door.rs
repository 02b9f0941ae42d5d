//! Where a request comes in from its connection: it is counted, given the address it came by, and a handler that panics is answered for.

use std::any::Any;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response};
use axum::response::IntoResponse;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper_util::service::TowerToHyperService;

use super::{AtWork, Place};
use crate::failure::{Code, Failure};

/// The addresses of the connection that a request came by; in each request's extensions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reached {
    /// Ours.
    pub(crate) at: SocketAddr,
}

/// The service of one connection.
pub(super) struct Door {
    pub(super) router: TowerToHyperService<Router>,
    pub(super) place: Arc<Place>,
    pub(super) reached: Reached,
}

impl hyper::service::Service<Request<Incoming>> for Door {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let at_work = self.place.begin_work();
        request.extensions_mut().insert(self.reached);
        let router = self.router.clone();
        Box::pin(async move {
            let answer = async { hyper::service::Service::call(&router, request.map(Body::new)).await };
            let response = match caught(answer).await {
                Ok(answer) => answer?,
                Err(panic) => panicked(&*panic).into_response(),
            };
            Ok(response.map(|body| Body::new(Ending { body, _at_work: at_work })))
        })
    }
}

/// What the future comes to, or what it panics with.
async fn caught<T>(future: impl Future<Output = T>) -> Result<T, Box<dyn Any + Send>> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(polled) => polled.map(Ok),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

fn panicked(panic: &(dyn Any + Send)) -> Failure {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Failure::new(Code::Internal, "the server could not answer this")
        .with_log(format!("a handler panicked: {}", text.unwrap_or("with no text")))
}

/// An answer's body; its end is the request's.
struct Ending {
    body: Body,
    _at_work: AtWork,
}

impl HttpBody for Ending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

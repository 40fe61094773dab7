<?php
/**
 * Plugin Name: what FluentSupport does, as far as the webhook sees it
 *
 * Its routes answer as FluentSupport 2.0.1 does; those that fire an action of FluentSupport fire it with
 * objects that have what FluentSupport's have. ?act=NAME&id=N fires one from an ordinary page.
 */

function support_ticket( $id ) {
	return (object) array( 'id' => (string) $id, 'customer_id' => '7', 'mailbox_id' => null, 'title' => 'T' );
}

function support_act( $name, $id ) {
	$person   = (object) array( 'id' => '5', 'person_type' => 'agent' );
	$response = (object) array( 'id' => '99', 'ticket_id' => (string) $id, 'person_id' => '5' );
	if ( strpos( $name, 'response_' ) === 0 ) {
		do_action( 'fluent_support/' . $name, $response, support_ticket( $id ), $person );
	} elseif ( $name === 'agent_assigned_to_ticket' ) {
		do_action( 'fluent_support/' . $name, $person, support_ticket( $id ), $person );
	} else {
		do_action( 'fluent_support/' . $name, support_ticket( $id ), $person );
	}
}

function support_route( $methods, $route, $callback, $permission = '__return_true' ) {
	register_rest_route(
		'fluent-support/v2',
		$route,
		array(
			'methods'             => $methods,
			'callback'            => $callback,
			'permission_callback' => $permission,
		)
	);
}

add_action(
	'rest_api_init',
	function () {
		$done = function () {
			return array( 'message' => 'Ticket has been updated' );
		};
		support_route( 'GET', '/tickets/(?P<ticket_id>\d+)', $done );
		support_route( 'PUT', '/tickets/(?P<ticket_id>\d+)/property', $done );
		support_route( 'PUT', '/tickets/(?P<ticket_id>\d+)/forbidden', $done, '__return_false' );
		support_route( 'POST', '/tickets/bulk-actions', $done );
		support_route( 'PUT', '/customers/(?P<customer_id>\d+)', $done );
		support_route(
			'DELETE',
			'/tickets/(?P<ticket_id>\d+)/delete',
			function ( $request ) {
				support_act( 'deleting_ticket', $request['ticket_id'] );
				return array( 'message' => 'Ticket has been deleted' );
			}
		);
	}
);

add_action(
	'init',
	function () {
		if ( isset( $_GET['act'], $_GET['id'] ) ) {
			support_act( $_GET['act'], (int) $_GET['id'] );
			wp_die( 'done', 'done', array( 'response' => 200 ) );
		}
	}
);
